"""What would be told to whom, in which words, and to whom not and why: shown, and never sent."""
