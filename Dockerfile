# The first stage installs what package-lock.json says and leaves out what only other machines or programmers need. The second is
# Debian and Node alone: the image of Node brings npm, yarn and headers as well.
FROM node:24.21.0-trixie-slim AS build
WORKDIR /app
RUN apt-get update \
 && apt-get install --yes --no-install-recommends binutils \
 && rm -rf /var/lib/apt/lists/* \
 && strip /usr/local/bin/node
COPY package.json package-lock.json ./
COPY server/package.json server/
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
 && rm -r node_modules/better-sqlite3/deps node_modules/better-sqlite3/src node_modules/bare-*/prebuilds \
 && find node_modules/better-sqlite3/prebuilds -type f ! -name "linux-$(node -p process.arch).node" -delete \
 && find node_modules -type d \( -name dist-es -o -name dist-types \) -prune -exec rm -r {} + \
 && find node_modules -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' \) -delete
COPY . .

FROM debian:trixie-slim
RUN groupadd --gid 10001 liveforce \
 && useradd --uid 10001 --gid liveforce --home-dir /data --no-create-home --shell /usr/sbin/nologin liveforce \
 && install --directory --owner=liveforce --group=liveforce --mode=0750 /data \
 && ln -s /app/liveforce.mjs /usr/local/bin/liveforce
COPY --from=build /usr/local/bin/node /usr/local/bin/node
COPY --from=build /app /app
WORKDIR /app
USER 10001:10001
ENV HOST=0.0.0.0 PORT=3000 DATA_DIR=/data NODE_COMPILE_CACHE=/tmp/liveforce
EXPOSE 3000
VOLUME /data
# Healthy is what takes requests: the migrations are complete and the database answers.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["liveforce"]
CMD ["start"]
