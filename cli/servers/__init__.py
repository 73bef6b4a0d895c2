"""The servers we can start on this machine: Temporal, PostgreSQL, Redis. Launcher and test fixtures share them."""
