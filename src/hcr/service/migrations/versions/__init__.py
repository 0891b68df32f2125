"""One module a revision; what was released is never changed, a new revision is added."""
