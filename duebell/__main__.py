"""``python -m duebell``: the command line."""

from __future__ import annotations

from duebell.cli import main

if __name__ == "__main__":
    main()
