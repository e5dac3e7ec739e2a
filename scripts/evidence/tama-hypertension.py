"""Synthetic rows to settle the Tama contract on: nobody in them exists.

    python3 scripts/evidence/tama-hypertension.py

writes tests/data/tama-hypertension.csv, the same bytes each time.

Published figures that the rows match (Tokyo report of FY2021, CureApp): 26 users, fewer than were
sought; a mean fall of 6.5 mmHg over 8 weeks among those of grade I hypertension or above at the start;
people of normal pressure among those who applied.

All else is assumed: that 20 of the 26 were at grade I or above (the report does not say how many; the
contract asks for 20); that 200 residents were invited (not published either); and the pressure of those
who did not take part, measured twice like the users': normal with mean 128 and standard deviation 18,
as in scenarios/tama-hypertension.toml, of which 10.8 varies within a person. Nobody did anything for
them, so what falls among those of 140 or above falls by itself.
"""

import csv
import math
import random
from pathlib import Path

OUT = Path(__file__).resolve().parents[2] / "tests" / "data" / "tama-hypertension.csv"
INVITED, USERS, GRADE_ONE, FALL = 200, 26, 20, 6.5
MEAN, SD, WITHIN = 128, 18, 10.8

draw = random.Random(20230401).random       # Mersenne twister: the same on every version of Python


def normal(mean, sd):
    """Box and Muller, so that no version of Python differs."""
    return mean + sd * math.sqrt(-2 * math.log(1 - draw())) * math.cos(2 * math.pi * draw())


def person(wanted):
    """Two readings of somebody whose first one is wanted."""
    while True:
        usual = normal(MEAN, math.sqrt(SD ** 2 - WITHIN ** 2))
        before, after = round(normal(usual, WITHIN)), round(normal(usual, WITHIN))
        if wanted(before) and 80 <= before <= 220 and 80 <= after <= 220:
            return [before, after]


high = [person(lambda reading: reading >= 140) for _ in range(GRADE_ONE)]
# To the published fall: a mmHg at a time, from the first person to the last and again.
place = 0
while (excess := round(GRADE_ONE * FALL) - sum(before - after for before, after in high)) != 0:
    high[place % GRADE_ONE][1] -= 1 if excess > 0 else -1
    place += 1
others = [person(lambda reading: reading < 140) for _ in range(USERS - GRADE_ONE)]
rest = [person(lambda reading: True) for _ in range(INVITED - USERS)]

with open(OUT, "w", encoding="utf-8", newline="") as file:
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["participant", "at", "invited", "enrolled", "sbp_before", "sbp_after"])
    for number, (before, after) in enumerate(high + others + rest):
        writer.writerow([f"t{number + 1:03d}", "2024-03-31", 1, int(number < USERS), before, after])
