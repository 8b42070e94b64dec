# Danga with a headless Chromium, Korean fonts and an init; runs as the user danga (10001).
#
#   scripts/build-image                      builds danga:latest with docker, podman or buildah
#   docker run --rm danga doctor             one command; the workspace lies in /workspace
#
# Holds no secret: database, Redis and key come from the environment or the workspace at run time.
# A mirror of PyPI or of Debian is for the building machine to know: hand it in as a mounted
# file at build time (pip.conf, apt sources), never in this file.
ARG BASE=docker.io/library/debian:bookworm-slim

FROM ${BASE} AS build
ARG DEBIAN_FRONTEND=noninteractive
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates python3 python3-venv
WORKDIR /app
RUN python3 -m venv /opt/danga
COPY requirements.txt requirements-dev.txt ./
RUN /opt/danga/bin/pip install --no-cache-dir --quiet --require-hashes -r requirements.txt
COPY . .
# The project itself, at its place in the final image; setuptools by its locked hash, for this
# step only.
RUN sed -n '/^setuptools==/,/# via/p' requirements-dev.txt >/tmp/build.txt \
    && /opt/danga/bin/pip install --no-cache-dir --quiet --require-hashes -r /tmp/build.txt \
    && /opt/danga/bin/pip install --no-cache-dir --quiet --no-deps --no-build-isolation -e . \
    && /opt/danga/bin/pip uninstall --quiet --yes setuptools pip \
    && rm -rf requirements-dev.txt build \
    && /opt/danga/bin/python -m compileall -q /opt/danga/lib /app

FROM ${BASE}
ARG DEBIAN_FRONTEND=noninteractive
# libatomic1: Playwright's Node driver does not start without it.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates chromium-headless-shell fonts-nanum libatomic1 python3 tini tzdata \
    && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/log/apt /var/log/dpkg.log \
    && useradd --uid 10001 --user-group --create-home danga \
    && install -d -o danga -g danga /workspace
COPY --from=build /opt/danga /opt/danga
COPY --from=build /app /app
ENV PATH=/opt/danga/bin:$PATH \
    LANG=C.UTF-8 \
    PYTHONUNBUFFERED=1 \
    DANGA_WORKSPACE=/workspace
USER danga
WORKDIR /workspace
VOLUME /workspace
# tini reaps the browser's processes: without an init, zombies pile up.
ENTRYPOINT ["tini", "--", "danga"]
CMD ["--help"]
