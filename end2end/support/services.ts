import { readFileSync } from "node:fs";

type Server = { host: string; port: number };

/** What script/services wrote: the real services that these tests connect to. */
export type Services = {
  postgres: Server & { superuser_url: string; database: string; user: string; password: string };
  redis: Server & { password: string };
  redis_open: Server;
  redis_tls: Server & { password: string };
  nginx: {
    plain: string;
    tls: string;
    expired: string;
    self_signed: string;
    wrong_host: string;
    /** For whoever shows a certificate. */
    asking: string;
    client_file: string;
    client_key_file: string;
    ca_pem: string;
    bearer_token: string;
    api_key: string;
    basic_user: string;
    basic_password: string;
    client_id: string;
    client_secret: string;
  };
  oidc: { issuer: string; client_id: string; client_secret: string };
};

export function readServices(): Services {
  return JSON.parse(readFileSync(process.env.TEST_SERVICES ?? "", "utf8"));
}
