"""A person signs a login in from anywhere: links, a small web server, a live browser behind it."""
