/** Every word the widget says itself, in one place: what is not here was said by somebody in the conversation. */

export const WORDS = {
  title: "Switchboard Support",
  panelLabel: "Chat with support",
  messagesLabel: "Messages",
  logLabel: "Conversation",
  composerLabel: "Your message",
  composerHint: "Write a message…",
  keysHint: "Enter to send, Shift + Enter for a new line",
  send: "Send message",
  open: "Open the chat",
  close: "Close the chat",
  you: "You",
  colleague: "A colleague",
  aiTag: "AI assistant",
  greeting: "Hello, how can we help?",
  greetingMore:
    "Ask about bills, services, plans or your account. An assistant answers at once; a person joins when needed.",
  suggestionsLabel: "Suggestions",
  suggestions: [
    "I was charged twice for the same service",
    "I can't log into my account",
    "What's the price for the premium plan?",
    "I'd like to talk to a person",
  ],
  loading: "Loading your conversation…",
  reconnecting: "Reconnecting…",
  offline: "You are offline. Your messages are kept and sent when you are back.",
  noSession: "The chat is not available here.",
  denied: "Your session has ended. Reload the page to go on.",
  unavailable: "The chat cannot be reached just now. Trying again…",
  sending: "Sending…",
  sent: "Sent",
  notSent: "Not sent",
  retry: "Try again",
  discard: "Delete",
  newMessages: "New messages",
  toNewest: "Go to the newest message",
  stillWorking: "Still working on it…",
  closedNote: "This conversation is closed. Writing again reopens it.",
  newConversation: "New conversation",
  startOverQuestion: "Start a new conversation? This one is kept and leaves your screen.",
  startOver: "Start new",
  keep: "Keep this one",
  tooLong: "The message is too long",
  surveyMore: "Tell us more (optional)",
  surveyNps: "Would you recommend us?",
  surveyNpsHint: "0 never, 10 certainly",
  surveyEffort: "How much effort did it take you?",
  surveyEffortHint: "1 very little, 7 very much",
  surveyComment: "Your comment",
  surveySkip: "–",
  surveySend: "Send rating",
  surveySending: "Sending…",
  surveyNotSent: "Your rating could not be sent. Please try again.",
  surveyChoose: "Please choose from 1 to 5 first.",
  surveyLow: "Very poor",
  surveyHigh: "Very good",
  surveyRated: "You rated this",
  surveyOver: "This survey has ended.",
  today: "Today",
  yesterday: "Yesterday",
};

const FAILURES = {
  network: "The connection failed.",
  noSession: "The chat is not available here.",
  denied: "Your session has ended.",
  busy: "That was a lot of messages at once. Wait a moment.",
  refused: "The message was refused.",
};

/** Why a message was not sent; `detail` is the server's own sentence and wins for refusals. */
export function failureWords(reason, detail) {
  return reason === "refused" && detail ? detail : (FAILURES[reason] ?? FAILURES.refused);
}

const AGENTS = {
  intent_classifier: "Support",
  clarification: "Support",
  tier1: "Support",
  tier2: "Technical support",
  tier3: "Senior specialist",
  sales: "Sales",
  billing: "Billing",
  supervisor: "Support lead",
  quality_assurance: "Support",
  human: "Support",
};

/** The customer's name for an agent type; unknown types (from a newer server) are plain support. */
export const agentLabel = (agentType) => AGENTS[agentType] ?? "Support";

/**
 * A person's name from what the event tells. Ids are names only when they look like one:
 * `maria.silva` and `maria.silva@example.com` do, `STAFF_17` and `agent_tier1` do not.
 */
export function personName(event) {
  if (event.person_name) return event.person_name;
  const parts = String(event.person_id ?? "")
    .split("@")[0]
    .split(/[._-]/);
  const nameLike = parts.every((part) => /^\p{Ll}[\p{L}']+$/u.test(part)) && parts[0] !== "agent";
  return nameLike ? parts.map((part) => part[0].toUpperCase() + part.slice(1)).join(" ") : WORDS.colleague;
}

const TOOLS = {
  get_customer_profile: "Looking up your account…",
  get_customer_interaction_history: "Reading your earlier conversations…",
  search_knowledge_base: "Searching our help articles…",
  get_account_services: "Checking your services…",
  get_troubleshooting_guide: "Looking up the right steps…",
  get_billing_information: "Checking your bills…",
  verify_customer_identity: "Verifying your identity…",
  apply_credit_adjustment: "Applying the credit…",
};

/** What the customer sees while a tool runs. */
export const toolWords = (tool) => TOOLS[tool] ?? "Working on it…";

const CLOSED = {
  resolved: "Resolved. This conversation is closed.",
  idle: "Closed because it was quiet for a while.",
  handled_by_person: "This conversation is closed.",
};
const HANDOFF_ENDED = {
  resolved: (name) => `${name} has finished and left the conversation.`,
  returned: (name) => `${name} has left. The assistant is back.`,
  cancelled: () => "You are no longer waiting for a person.",
};

function assignedWords({ agent_type: agentType, previous }) {
  const moved = previous && ![previous, agentType].includes("human") && agentLabel(previous) !== agentLabel(agentType);
  return moved ? `You are now with ${agentLabel(agentType)}.` : null;
}

/** System lines: event type → the sentence shown, or null where the customer needs none. */
export const NOTES = {
  agent_assigned: assignedWords,
  handoff_requested: () => "A person will join. You are in the queue.",
  handoff_claimed: (event) => `${personName(event)} has joined the conversation.`,
  handoff_completed: (event) => HANDOFF_ENDED[event.outcome]?.(personName(event)) ?? null,
  approval_requested: () => "This needs a colleague's approval. We have asked for it.",
  approval_decided: (event) => (event.approved ? "A colleague has approved it." : "A colleague has declined it."),
  callback_scheduled: (event) => `We will call you back: ${new Date(event.due_at).toLocaleString()}.`,
  idle_warning: (event) => event.message,
  survey_reminded: (event) => event.message,
  conversation_closed: (event) => CLOSED[event.reason] ?? CLOSED.handled_by_person,
  conversation_reopened: () => "You have reopened the conversation.",
  conversation_continued: () => "The earlier conversation ended a while ago. We go on in a new one.",
};

/** One line under the title that says who is there. `phase` is a Timeline's. */
export function phaseWords(phase) {
  if (phase.closed) return "Conversation closed";
  if (phase.owner === "person") return `You are talking with ${phase.person}`;
  if (phase.owner === "queue") return "Waiting for a person to join";
  if (phase.agentType) return `${agentLabel(phase.agentType)} · ${WORDS.aiTag}`;
  return "Answers in seconds, day and night";
}
