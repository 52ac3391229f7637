from calotype_core.ports.secrets import Secrets


class MemorySecrets(Secrets):
    """Secrets in a dictionary, gone with the process."""

    def __init__(self) -> None:
        self._kept: dict[str, str] = {}

    async def keep(self, name: str, candidate: str) -> str:
        """See Secrets."""
        return self._kept.setdefault(name, candidate)
