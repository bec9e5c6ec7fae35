"""The settings: what is mine, the workspace, its people and what they may do. Everything is written through the
kernel.
"""
