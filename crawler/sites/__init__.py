"""Page objects of the sites that ship with Danga."""
