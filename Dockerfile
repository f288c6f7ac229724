# The program alone, without tools to build with, as a user without rights.
#
#   docker build -t throughline .
#   docker run --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges \
#     -v throughline:/data -p 127.0.0.1:8080:8080 throughline
FROM swift:6.2-bookworm AS build
WORKDIR /src
RUN apt-get update && apt-get install -y --no-install-recommends \
    libsqlite3-dev libpq-dev zlib1g-dev libqrencode-dev liblapack-dev libblas-dev \
    libgfortran-12-dev libnlopt-dev python3-venv libvips-tools pkg-config
COPY Package.swift Makefile ./
COPY Scripts Scripts
COPY Sources Sources
COPY Tests Tests
RUN Scripts/setup run && Scripts/build && strip .build/release/throughline

FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends \
    ca-certificates libnlopt0 libpq5 libqrencode4 libsqlite3-0 libstdc++6 libvips-tools tzdata zlib1g \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --home-dir /data throughline \
    && install -d -o 10001 -g 10001 -m 700 /data
COPY --from=build /src/.build/release/throughline /usr/local/bin/throughline
USER 10001:10001
VOLUME /data
EXPOSE 8080
ENV THROUGHLINE_DATA=/data THROUGHLINE_HOST=0.0.0.0 THROUGHLINE_LOG_FORMAT=json \
    THROUGHLINE_PRACTICE_NETWORK=off
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s CMD ["throughline", "doctor", "--data", "/data"]
ENTRYPOINT ["throughline"]
CMD ["serve"]
