// The start: which view does the address name?
import { start } from "./router.js";
import { channelLobby, accountLobby } from "./lobby.js";
import { report } from "./report.js";
import { channel } from "./channel.js";
import { signIn } from "./sign-in.js";
import { gone } from "./problems.js";

const ACCOUNT = "/moment/accounts/:id";

start([
  ["/sign-in", signIn],
  ["/moment/accounts", accountLobby],
  [ACCOUNT, ({ id }) => ({ moveTo: `/moment/accounts/${id}/creatives?page=1` })],
  [`${ACCOUNT}/:level`, report],
  ["/channel/channels", channelLobby],
  ["/channel/:id", channel],
  ["*", gone],
]);
