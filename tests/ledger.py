"""The ids of the requirements that this project has to fulfil."""

IDS = [f"{group}{number}" for group, last in (("A", 12), ("AC", 5), ("C", 9)) for number in range(1, last + 1)]
