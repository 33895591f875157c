"""What the terms of all sale formats have in common."""

from typing import ClassVar

from bidding_rules.money import TermsError


class FormatTerms:
    """Base of the terms of every format that a lot can be sold by."""

    __slots__ = ()
    leads_on: ClassVar[tuple[str, ...]] = ()
    """Fields that hand the sale over to another format."""

    def check_alone(self) -> None:
        """Raise `TermsError` if these terms lead to something that they do not hold themselves."""
        for name in self.leads_on:
            if getattr(self, name):
                raise TermsError(name, "leads to a format that a sale sequence must name")
