"""What ``lamp doctor`` looks at: disk, acoustic model, sound and pins, and how to mend each."""

from lamp.doctor.examine import examine
from lamp.doctor.finding import Finding

__all__ = ["Finding", "examine"]
