"""The same checks and estimates with pandas: python3 with_pandas.py rows.csv"""

import sys

import pandas

rows = pandas.read_csv(sys.argv[1], parse_dates=["seen"])
assert not rows.participant.duplicated().any()
assert rows.before.between(40, 300).all() and rows.after.dropna().between(40, 300).all()
change = (rows.before - rows.after)[rows.before >= 140].dropna()
print("fall", round(change.mean(), 2), len(change), change.std())
print("joined", round(rows.joined.mean(), 4), rows.joined.count())
cost = rows.cost[(rows.sex == "F") & (rows.age >= 65)]
print("cost", round(cost.mean()), len(cost), cost.std())
arms = rows.dropna(subset=["after"]).groupby("treated").after
print("gain", round(arms.mean()[1] - arms.mean()[0], 3), arms.count().sum(), arms.std().tolist())
