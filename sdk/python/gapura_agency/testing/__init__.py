"""For the tests of an agency: a stand-in gateway that verifies what a gateway verifies, and says what is wrong."""

from gapura_agency.testing.checks import check
from gapura_agency.testing.stand_in import Heard, StandIn, Wrong

__all__ = ["Heard", "StandIn", "Wrong", "check"]
