"""
What connects the domain to the world: each adapter knows the domain and its
own library, never another adapter, never the settings.
"""
