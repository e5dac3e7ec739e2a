VERSION: str

class Refused(Exception): ...

def check(contract: str, *, lang: str = "en") -> str: ...
def explain(contract: str, *, lang: str = "en") -> str: ...
def simulate(
    scenario: str,
    *,
    paths: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    antithetic: bool = False,
    until: str | None = None,
    lang: str = "en",
) -> str: ...
def files(scenario: str, *, lang: str = "en") -> list[tuple[str, bytes]]: ...
def chunk(
    scenario: str,
    part: str,
    *,
    files: list[tuple[str, bytes]] | None = None,
    paths: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    antithetic: bool = False,
    lang: str = "en",
) -> bytes: ...

class Merging:
    def __init__(self, *, lang: str = "en") -> None: ...
    def add(self, name: str, chunk: bytes) -> None: ...
    def finish(self) -> str: ...
def portfolio(
    folder: str,
    *,
    paths: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    lang: str = "en",
) -> str: ...
def portfolio_files(folder: str, *, lang: str = "en") -> list[tuple[str, bytes]]: ...
def portfolio_chunk(
    folder: str,
    part: str,
    *,
    files: list[tuple[str, bytes]] | None = None,
    paths: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    lang: str = "en",
) -> bytes: ...

class Gathering:
    def __init__(
        self,
        scenario: str,
        until: str,
        *,
        files: list[tuple[str, bytes]] | None = None,
        paths: int | None = None,
        seed: int | None = None,
        antithetic: bool = False,
        lang: str = "en",
    ) -> None: ...
    def parts(self, pieces: int) -> list[str]: ...
    def add(self, name: str, chunk: bytes) -> bool: ...
    def progress(self) -> tuple[int, int]: ...
    def finish(self) -> str: ...

def settle(
    contract: str,
    evidence: list[str],
    *,
    at: str | None = None,
    paid_before: str | None = None,
    ended: str | None = None,
    invoiced: str | None = None,
    earlier: list[str] = ...,
    evidence_inside: bool = False,
    lang: str = "en",
) -> tuple[str, str]: ...
def verify(receipt: str, *, evidence: list[str] = ..., lang: str = "en") -> str: ...
