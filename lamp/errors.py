"""What can go wrong, one class per cause. Every message says what to do about it.

The tree, for callers that want to catch a branch. ``lamp.language_model`` can be used without a
lamp and has a root of its own; :mod:`lamp.model_store` translates it.

    LampError
      ConfigError            lamp.yaml
      AudioError             MicrophoneMissing, MicrophoneBusy, BadRecording
      AcousticModelError     a model directory that cannot be used
      PinError               PinBusy, PinMissing, PinForbidden
      StateError             StateInUse, StateReadOnly, StateFull, DiaryDamaged, DiaryTooNew,
                             LanguageModelUnusable
      MailboxError           InboxInUse
      PageError              the page cannot be shown
      MqttError              the broker cannot be asked
"""


class LampError(Exception):
    """Anything the owner can be told in one line."""


class ConfigError(LampError):
    """lamp.yaml has an unknown key, a wrong type or an impossible value."""


class AudioError(LampError):
    """Sound cannot be had."""


class MicrophoneMissing(AudioError):
    """No input device, or not the one named in lamp.yaml."""


class MicrophoneBusy(AudioError):
    """Another program holds the microphone."""


class BadRecording(AudioError):
    """A recording that is empty, cut off or not a WAV file."""


class AcousticModelError(LampError):
    """A model directory that is missing, truncated, corrupt or of another kind."""


class PinError(LampError):
    """A GPIO line cannot be used."""


class PinBusy(PinError):
    """Another program or the kernel holds the line."""


class PinMissing(PinError):
    """This board has no such line, or the machine has no GPIO at all."""


class PinForbidden(PinError):
    """The line exists, but driving it could harm something."""


class StateError(LampError):
    """The state directory cannot be used as it should."""


class StateInUse(StateError):
    """Another lamp runs on this state directory."""


class StateReadOnly(StateError):
    """The state directory cannot be written."""


class StateFull(StateError):
    """The disk under the state directory is full."""


class DiaryTooNew(StateError):
    """The diary was written by a newer version of the lamp."""


class DiaryDamaged(StateError):
    """The diary failed its integrity check, or cannot be read as one."""


class LanguageModelUnusable(StateError):
    """A stored language model is missing, damaged, foreign or of another version."""


class MailboxError(LampError):
    """Two processes cannot talk."""


class InboxInUse(MailboxError):
    """A running process already has this inbox."""


class PageError(LampError):
    """The page cannot be shown: its port is taken, or its packages are not installed."""


class MqttError(LampError):
    """No broker can be asked: the password cannot be had, or packages are not installed."""


EXIT_OK = 0
EXIT_FAILED = 1  # something the owner has to mend: the message says what
EXIT_USAGE = 2  # the command was called wrongly (click's convention)
EXIT_CONFIG = 3  # lamp.yaml
EXIT_AUDIO = 4
EXIT_MODEL = 5
EXIT_PINS = 6
EXIT_STATE = 7


def exit_code(error: LampError) -> int:
    """The exit status a process or command ends with after ``error``."""
    branches: tuple[tuple[type[LampError], int], ...] = (
        (ConfigError, EXIT_CONFIG),
        (AudioError, EXIT_AUDIO),
        (AcousticModelError, EXIT_MODEL),
        (PinError, EXIT_PINS),
        (StateError, EXIT_STATE),
    )
    return next((code for branch, code in branches if isinstance(error, branch)), EXIT_FAILED)
