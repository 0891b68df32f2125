"""Runs tasks on a dask cluster whose machines share nothing with this one but a store of files."""
