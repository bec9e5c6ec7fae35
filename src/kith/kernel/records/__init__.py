"""Records: how they are stored, the one read path (``read``) and the one write path (``change``)."""
