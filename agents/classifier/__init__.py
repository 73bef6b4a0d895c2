"""The local intent classifier: trained on the utterances beside it, cached on disk, a millisecond a message."""
