# syntax=docker/dockerfile:1

FROM node:20-slim AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json ./
COPY scripts ./scripts
COPY src ./src
RUN npm run build && npm prune --omit=dev

FROM node:20-slim
ENV NODE_ENV=production
WORKDIR /opt/holdfast
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist/holdfast ./dist/holdfast
COPY package.json LICENSE ./
# The state has to outlive the container: mount a volume here.
RUN install -d -o node -g node /var/lib/holdfast \
  && chmod +x dist/holdfast/main.js && ln -s /opt/holdfast/dist/holdfast/main.js /usr/local/bin/holdfast
VOLUME /var/lib/holdfast
USER node
# In a container, loopback is the container's own: applications elsewhere need --listen 0.0.0.0:6380, and the same goes
# for metrics. The admin port stays on loopback; use `docker exec … holdfast switchover`, or set a password.
ENV HOLDFAST_LISTEN=0.0.0.0:6380 HOLDFAST_HTTP=0.0.0.0:6382
EXPOSE 6380 6382
# Liveness alone: /readyz is false while no master is known, and a restart would not bring one back.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:6382/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["holdfast"]
CMD ["serve"]
