"""What can go wrong with an engine, by what a caller can do about it.

EngineError
    EngineUnavailableError   it cannot run here: install or configure what the text says
    BadRequestError          this job cannot be spoken as asked: change the request
        UnknownVoiceError    no such voice: the text names close ones
"""


class EngineError(Exception):
    """Base of all that an engine reports; the text is one sentence for a person."""


class EngineUnavailableError(EngineError):
    """The engine cannot run on this machine as it is."""


class BadRequestError(EngineError):
    """A request that this engine will never be able to speak."""


class UnknownVoiceError(BadRequestError):
    """The engine has no such voice."""
