"""Messages that can be said in another language: a pattern, and the values in it."""

from __future__ import annotations


class Told(str):
    """A message in English, as text, that still knows its pattern and its values.

    Shape: a value that is itself told in words is one of these too.
    """

    pattern: str
    values: dict[str, object]


def told(pattern: str, **values: object) -> Told:
    """The message of a pattern, whose places are written `%(name)s`."""
    message = Told(pattern % values if values else pattern)
    message.pattern = pattern
    message.values = values
    return message
