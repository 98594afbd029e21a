"""The ids of the requirements of this project."""

GROUPS = (("A", 12), ("AC", 5), ("B", 16), ("C", 9))
IDS = [f"{group}{number}" for group, last in GROUPS for number in range(1, last + 1)]
