"""What is known of how the configured engine misspells, for those who compare what it writes."""

from __future__ import annotations

from lamp.config import Config
from lamp.errors import AcousticModelError
from lamp.similarity import Calibration
from lamp.transcriber.model_path import added_models, find_model


def calibration_of(config: Config) -> Calibration:
    """The calibration beside the model of ``hearing.model``.

    The generic one for an engine of somebody else's, and where there is no such model: that is
    for the transcriber to say.
    """
    if ":" in config.hearing.model:
        return Calibration()
    try:
        return Calibration.beside(find_model(config.hearing.model, added_models(config)))
    except AcousticModelError:
        return Calibration()
