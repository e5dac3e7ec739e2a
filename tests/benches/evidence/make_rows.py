"""Writes a file of evidence: python3 make_rows.py ROWS > rows.csv"""

import random
import sys

rows = int(sys.argv[1])
random.seed(1)
print(
    "participant,sex,age,ward,treated,before,after,joined,seen,visits,cost,weight,height,"
    "waist,ldl,hdl,hba1c,egfr,steps,note"
)
for person in range(rows):
    before = random.gauss(145, 12)
    after = "" if random.random() < 0.05 else f"{before - random.gauss(4, 9):.0f}"
    joined = "" if random.random() < 0.02 else random.randrange(2)
    print(
        f"P{person:07d},{random.choice('FM')},{random.randrange(40, 75)},"
        f"{random.randrange(1, 24)},{random.randrange(2)},{before:.0f},{after},{joined},"
        f"2024-{random.randrange(1, 13):02d}-{random.randrange(1, 29):02d},"
        f"{random.randrange(9)},{random.randrange(500_000)},{random.gauss(62, 9):.1f},"
        f"{random.gauss(160, 8):.1f},{random.gauss(85, 9):.1f},{random.randrange(60, 220)},"
        f"{random.randrange(30, 90)},{random.gauss(5.9, 0.6):.1f},{random.gauss(75, 14):.1f},"
        f"{random.randrange(15_000)},ok"
    )
