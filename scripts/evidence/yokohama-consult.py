#!/usr/bin/env python3
"""Write tests/data/yokohama-consult.csv: synthetic rows, no real people.

They match what was published of the trial in Yokohama: 734 women, 365 drawn to have the service and 369
not; 310 and 329 answered three months after birth, 47 and 75 of them with an EPDS score of 9 or more.
The number 75 is 22.8% of 329. Single scores are made up. The same bytes every time.
"""

import random
from pathlib import Path

draw = random.Random(20200901)
people = []
for group, drawn, answered, high in [("A", 365, 310, 47), ("B", 369, 329, 75)]:
    scores = [draw.randint(9, 18) for _ in range(high)]
    scores += [draw.choice([0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8]) for _ in range(answered - high)]
    people += [(group, score) for score in scores]
    people += [(group, "") for _ in range(drawn - answered)]
draw.shuffle(people)

lines = ["participant,group,epds"]
lines += [f"Y{number:03},{group},{score}" for number, (group, score) in enumerate(people, start=1)]
path = Path(__file__).parents[2] / "tests/data/yokohama-consult.csv"
path.write_text("\n".join(lines) + "\n", encoding="utf-8")
