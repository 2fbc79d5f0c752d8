"""How alike two utterances are: a log-likelihood ratio that is calibrated before the first flip.

What no home has to learn anew is how the transcriber misspells. From other people's takes of the
same words it was learned, once and in no particular language, how likely one symbol is written
for another (a substitution matrix) and what a cosine and an alignment of a given size are worth
(a logistic regression). So one flip can be enough: the first time the taught words come again,
their ratio says how many times likelier it is that these are those words than overheard talk.

Read in this order: features, alignment, calibration, examples.
"""

from lamp.similarity.calibration import Calibration
from lamp.similarity.examples import LabelledExamples

__all__ = ["Calibration", "LabelledExamples"]
