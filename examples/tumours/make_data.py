"""Write scikit-learn's breast-cancer data set as the CSV that the pipeline reads.

    python examples/tumours/make_data.py dataset/tumours.csv

569 tumours, 30 measurements of cell nuclei each, and whether the tumour was malignant (1) or benign
(0). Creators: W. Wolberg, O. Mangasarian, N. Street, W. Street; UCI repository, CC BY 4.0.
"""

from __future__ import annotations

import sys
from pathlib import Path


def main(target: Path) -> None:
    """Write the file, and print a summary."""
    from sklearn.datasets import load_breast_cancer  # type: ignore[import-untyped]

    found = load_breast_cancer(as_frame=True)
    table = found.data.rename(columns=lambda name: name.replace(" ", "_"))
    table.insert(0, "malignant", 1 - found.target)  # scikit-learn counts the benign as 1
    target.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(target, index=False)
    print(f"{target}: {len(table)} tumours, {int(table['malignant'].sum())} of them malignant")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
