"""Unit tests of what the operators' commands read and say."""
