"""What can keep a server from starting. Every text is one sentence for a person, with the way out in it."""


class CannotStart(Exception):
    """The launcher prints the text and exits with 1."""


class Missing(CannotStart):
    """A program that must be there is not."""


class PortTaken(CannotStart):
    def __init__(self, port: int, variable: str) -> None:
        super().__init__(f"Port {port} is taken: stop what uses it, or choose another with {variable}=PORT.")


class NotReady(CannotStart):
    """A server was started and did not answer in time."""
