"""The rulebook as a file: read whole, with every fault's line, key and mend."""
