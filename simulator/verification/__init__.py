"""Verification: has the buyer sent what it should, and was it told what it should be? Pure: a journal and a verdict.

what may be expected          :mod:`expectation`, and of an XPath :mod:`selecting`
what can't have been meant    :mod:`meaning`
what there is to be judged    :mod:`messages`
in what a message differs     :mod:`judging`
what holds, in any order      :mod:`verdict`
all of it in words            :mod:`telling`
"""
