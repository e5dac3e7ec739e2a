"""What went wrong, for the person who must act."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One problem: where it is, what was found, what was expected, what to do."""

    id: str
    severity: str
    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    found: str | None = None
    expected: str | None = None
    help: str | None = None

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        lines = [f"{place}: {self.message}" if place else self.message]
        for label, words in (("found", self.found), ("expected", self.expected), ("hint", self.help)):
            if words:
                lines.append(f"  {label}: {words}")
        return "\n".join(lines)


class SeikaError(Exception):
    """What was given cannot be used; nothing was computed. ``problems`` are all that were found."""

    def __init__(self, problems: list[Problem]):
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems

    @classmethod
    def of_json(cls, text: str) -> SeikaError:
        return cls([Problem(**problem) for problem in json.loads(text)])

    def __reduce__(self):
        return (SeikaError, (self.problems,))
