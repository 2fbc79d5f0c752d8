"""An hour in a household as text: how a lamp, or a plain learner, learns from its user."""
