"""The core and the nucleolus: would any coalition rather leave?"""
