#!/usr/bin/env python3
"""Write tests/data/tenri-dementia.csv: synthetic rows, no real people.

They match what was published of Tenri's class of 2017: 20 people; 9 of them with an MMSE of 26 or less
at the start, of whom 8 had a higher one at the end; 22 sessions. Everything else is made up: single
scores, the scores of the other 11, attendance. The same bytes every time.
"""

import random
from pathlib import Path

draw = random.Random(20171221)
people = []
for number in range(9):
    first = draw.choice([21, 22, 23, 24, 24, 25, 25, 26, 26])
    change = draw.randint(1, 4) if number != 4 else 0
    people.append((first, min(30, first + change)))
for number in range(11):
    first = draw.randint(27, 30)
    people.append((first, max(24, min(30, first + draw.choice([-2, -1, 0, 0, 1])))))
draw.shuffle(people)

lines = ["participant,supported,sessions,mmse_first,mmse_last"]
for number, (first, last) in enumerate(people, start=1):
    lines.append(f"T{number:02},1,{draw.randint(18, 22)},{first},{last}")
improved = sum(last > first for first, last in people if first <= 26)
assert sum(first <= 26 for first, _ in people) == 9 and improved == 8

path = Path(__file__).parents[2] / "tests/data/tenri-dementia.csv"
path.write_text("\n".join(lines) + "\n", encoding="utf-8")
