"""What is done to people through the one write path: the first administrator, invitations accepted, passwords and
factors given back, the profile that everybody may change. Above ``records``, since it writes; ``accounts`` below only
knows who is who.
"""
