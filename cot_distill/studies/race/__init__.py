"""Racing arms against each other: who is trained next, who is out, and which arm to use.

Pure decisions over answers: nothing here knows of DVC, of files or of how a student is trained.
"""
