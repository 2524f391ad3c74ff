"""Everything that a `.thermos` file sees of Thermos."""

from .schema_base import *
from .schema_helpers import *
