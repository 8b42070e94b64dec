"""A make-believe ad platform with every bad habit of a real one as a knob.

    python -m demo --port 0 --frozen-at 2026-03-03T10:00:00+09:00 --rotate-cookie true

One server, two sites, one sign-in: `moment` (ad accounts with campaigns, ad groups, creatives)
and `channel` (pages with a friends count). A third one, `lounge`, keeps to itself. Users `kim`,
`lee`, `park`, `choi`, `jung`; the password is `demo-` and the user name. It imports nothing of
Danga, so that a mistake of ours cannot be made twice and agree with itself.

    world.py     who sees what: logins, accounts, ads, channels
    curve.py     how a number grows through a day
    events.py    what happens to ads, days and channels: created, ended, refund, late midnight ...
    model.py     the value of every number at every moment, from the three above
    truth.py     what a perfect reader would report
    views.py     what a page shows, and what the server remembers of it
    faults.py    what is done to an answer before it is sent
    knobs.py     every bad habit, with its meaning
    clock.py     the site's clock: real, frozen, stepped
    sessions.py  cookies that end, rotate and kick each other out
    sign_in.py   password, captcha, second factor, consent
    gate.py      refusals, rates, latency, stalls, maintenance
    stats.py     what the site noticed of its visitors
    assets.py    hashed immutable files; pages.py the documents; api.py the JSON behind them
    lounge.py    the third site: plain pages, a form and a cookie of its own, no date
    control.py   /_demo/*: for tests and benches, never counted
"""
