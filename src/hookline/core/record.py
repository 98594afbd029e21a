"""The plain objects that rules and functions hand to one another."""


class Record:  # noqa: PLW1641 - a record that holds a dictionary has no hash, so none has
    """A fixed set of values, equal to another of its class that has the same.

    A subclass takes them in ``__init__``, and marks them as Final. It is written out, since a class that makes its own
    ``__init__`` costs a start five times as much, and one that looks its fields up costs each event twice as much.
    """

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"
