"""Duebell: tells the right people, once, what happens in a firm's FreshBooks books.

This package is the product and is importable without Prefect. The Prefect shell around it lives in
the top-level packages ``blocks``, ``tasks``, ``flows`` and ``deployments``.
"""

__version__ = "0.1.0"
