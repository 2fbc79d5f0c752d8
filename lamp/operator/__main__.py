"""``python -m lamp.operator [CONFIG_FILE]``."""

from lamp.operator.fallback import load_with_care
from lamp.operator.mail import PatientPost
from lamp.operator.process import serve
from lamp.process import main

if __name__ == "__main__":
    main("operator", serve, load=load_with_care, open_post=PatientPost)
