"""The steps of a conversation that touch the world. Each class gets its ports in ``__init__``; ``worker.py`` wires."""
