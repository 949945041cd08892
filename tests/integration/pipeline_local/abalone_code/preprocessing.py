"""Encode, shuffle and split, in the style of AWS's abalone example."""

import argparse
import pathlib

import pandas as pd

parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int)
seed = parser.parse_args().seed
root = pathlib.Path("/opt/ml/processing")
table = pd.read_csv(root / "input" / "abalone.csv", header=None, names=["sex", "length", "rings"])
encoded = pd.get_dummies(table["sex"], dtype=float).assign(length=table["length"])
encoded.insert(0, "rings", table["rings"])
shuffled = encoded.sample(frac=1, random_state=seed)
first, second = int(0.7 * len(table)), int(0.85 * len(table))
train, validation, test = shuffled[:first], shuffled[first:second], shuffled[second:]
for name, part in {"train": train, "validation": validation, "test": test}.items():
    part.to_csv(root / name / f"{name}.csv", header=False, index=False)
batch = test.drop(columns="rings")
batch.insert(0, "id", [f"row-{n}" for n in range(len(batch))])
batch.to_csv(root / "batch" / "batch.csv", header=False, index=False)
