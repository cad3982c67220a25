"""What was recorded, decided about once more: by the rulebook in force and by another one."""
